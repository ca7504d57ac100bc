"""From a call of a derivative to the emitted function: what is bound, dispatched, put together."""
