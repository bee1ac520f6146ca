"""Offers the interfaces of other signal libraries on Portico's engine: one façade for each. Import the one you need."""
