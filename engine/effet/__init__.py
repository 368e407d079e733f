"""What a change of the law does to a population: who, how much, and the share of each cause."""
