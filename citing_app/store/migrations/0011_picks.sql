-- When an instruction was sorted, so that what a person picked is shown to be taken back, in another session too.
ALTER TABLE category_members ADD COLUMN sorted_at TIMESTAMPTZ;
