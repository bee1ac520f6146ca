"""Façades: the interfaces of other signal libraries, on Portico's engine. Each module is a door of its own."""
