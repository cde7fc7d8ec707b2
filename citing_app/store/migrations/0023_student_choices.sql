-- Which student was chosen when; the newest is the one in use. Rows are only ever added. The first one's base model is
-- called `base` in drafts, answers and figures, another one's `base of` its name.
CREATE SEQUENCE student_choice_numbers;
CREATE TABLE student_choices (
    number BIGINT NOT NULL DEFAULT nextval('student_choice_numbers'),
    given VARCHAR NOT NULL, -- `bundled`, a hub name, or the path of a folder
    name VARCHAR NOT NULL, -- what rounds know it by: the last part of it
    chosen_at TIMESTAMPTZ NOT NULL
);

-- The student of each round, by the name in student_choices.
CREATE VIEW round_students AS
SELECT
    number AS round,
    CASE name WHEN 'student-smollm2-135m-instruct' THEN 'bundled' ELSE name END AS student
FROM (SELECT number, regexp_extract(json_extract_string(spec, '$.student'), '[^/]+$') AS name FROM rounds);

-- The decisions that rounds of the student in use have learned: another student has them all before it.
CREATE VIEW learned_decisions AS
SELECT decision_id FROM round_items JOIN round_students USING (round)
WHERE coalesce(student = (SELECT arg_max(name, number) FROM student_choices), true);
