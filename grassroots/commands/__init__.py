"""What every station's clerk can do from the command line; each speaks to the running node."""
