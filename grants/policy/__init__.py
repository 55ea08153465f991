"""From a template to an IAM session policy, its limits, and its plain-English sentence; pure."""
