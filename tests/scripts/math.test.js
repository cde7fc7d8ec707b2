import assert from "node:assert/strict";
import { math } from "../../assets/lib/math.js";
import { Marked } from "../../assets/vendor/marked/marked.js";

const marked = new Marked({
  breaks: true,
  gfm: true,
  extensions: math((text) => `<code>${text}</code>`),
  renderer: {},
});
const html = (/** @type {string} */ text) => marked.parse(text, { async: false });
const drawn = (/** @type {string} */ text) => html(text).match(/<math[^>]*>/g)?.length ?? 0;

Deno.test("TeX is drawn in a line and by itself", () => {
  assert.equal(drawn("So $x^2$ and \\(y\\) hold."), 2);
  assert.match(html("$$\n\\frac{a}{b}\n$$\nafter"), /<math display="block".*<mfrac>.*<p>after/s);
  assert.match(html("before\n\\[ a \\]\nafter"), /<p>before<\/p>\s*<math display="block"/);
  assert.match(html("1. so $a$"), /<li>so <math>/);
});

Deno.test("money, variables of a shell and code are not TeX", () => {
  for (const text of ["$5 and $10", "$5-$10", "$HOME/$PATH", "`$x$`", "```\n$x$\n```", "a $ b $ c", "\\$x\\$"]) {
    assert.equal(drawn(text), 0, text);
  }
});

Deno.test("what is no TeX, or too long, stays as it is written", () => {
  for (const text of ["$\\frac{$", "$\\unknown$", "\\(\\href{javascript:alert(1)}{x}\\)", `$${"x".repeat(4001)}$`]) {
    assert.match(html(text), /<code>/);
    assert.equal(drawn(text), 0, text);
  }
});
