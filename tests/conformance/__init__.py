"""What a second implementation is run against: vectors, and a harness over stdin and stdout."""
