"""Ring 1: values and decisions. Pure, standard library only, no clock, no input or output."""
