"""What differs between two compiled specs: parameters, steps, nodes, and where it was written."""
