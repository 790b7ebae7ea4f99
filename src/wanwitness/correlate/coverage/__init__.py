"""When absence proves something: what the captures cover, what they lost and what they could not see."""
