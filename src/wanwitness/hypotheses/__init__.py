"""Which explanation is true: episodes, rivals, two tests that keep the bursts of refusals, and the answer."""
