-- The instructions whose reference answers a round learned (SFT and replay), so that nothing is measured on them.
CREATE TABLE round_answers (
    round INTEGER NOT NULL,
    hash VARCHAR NOT NULL -- of the instruction
);

INSERT INTO round_answers
SELECT r.number, i.hash FROM rounds r, instructions i
WHERE r.kind = 'sft' AND i.split = 'train' AND r.state NOT IN ('cancelled', 'failed', 'lost');
