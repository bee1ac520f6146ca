"""What make calls, and what counts the house."""
