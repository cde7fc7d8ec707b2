-- Rounds wait in a queue that can be reordered, and one may repeat another.
ALTER TABLE rounds ADD COLUMN place DOUBLE;
ALTER TABLE rounds ADD COLUMN repeats INTEGER; -- the round whose rows, seed and parent it trains again
UPDATE rounds SET place = number;
