"""Which explanation is true: episodes, rival explanations, two tests that keep the bursts of refusals, and the answer."""
