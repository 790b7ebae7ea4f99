"""All times on one clock, and how far wrong that may be.

sightings      what two clocks saw alike: the same packets on both sides of the router
forwarded_questions   the same of questions that a forwarder repeated: which may have been put for which
dns_offsets    the offset that lets most of them be, followed through a capture; agreement: whether one stands out
bounds         each sighting says that one clock is ahead of another by no more than so much
outliers, peeling        bounds that contradict the rest, and moments that cannot be trusted
feasible_lines, line_fit the straight lines (offset and drift) that satisfy bounds
segments       where one line no longer does, the clock stepped: breakpoints
fit            bounds ─► clock_model
frame_order    the order in which a capture's frames were written, whatever their time stamps say
align          all captures' clocks, tied together ─► timeline
"""
