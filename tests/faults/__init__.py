"""``make faults``: real processes are broken in the middle of their work; afterwards every invariant must hold."""
