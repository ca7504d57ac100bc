"""A function at a point, laid out for a person: trace tables, graph, counts, what is recorded."""
