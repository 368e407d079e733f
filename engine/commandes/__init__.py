"""What the commands of the features share: the law of the run, options, output, exit codes."""
