"""What all business has in common: who may, what may follow, who must keep away, what waits for whom, what was done."""
