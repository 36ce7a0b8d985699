"""Mail to those who work here: that there is something in their inbox, no more than is public."""
