"""Who may sign in, and how: staff with password and second factor, contractors with a mailed code, nobody else."""
