"""Starts the whole portal on this machine, with people, a mailbox and a line for each signal."""
