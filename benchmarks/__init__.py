"""Speed as ratios, measured in one run. Law: two things are timed in turn, pair by pair, and medians are compared; a
time by itself says more about the machine than about us."""
