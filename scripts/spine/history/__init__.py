"""The ledger over time: which published day a build goes on from, and the days that are made anew."""
