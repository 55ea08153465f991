"""One module per outside system: values in, values out, guards before anything leaves."""
