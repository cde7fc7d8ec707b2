import assert from "node:assert/strict";
import { csv, fileName } from "../../assets/lib/chart/saving.js";

Deno.test("a table has a line for each point, and what is not known is empty", () => {
  const series = [{ name: "draft", points: [{ x: 0, y: 0.5, low: 0.25, high: 0.75, n: 40 }, { x: 1, y: -1e-7 }] }];
  assert.equal(
    csv(series, "model", "ROUGE-L", (x) => ["base", "round 1"][x]),
    "line,model,ROUGE-L,low,high,n\r\ndraft,base,0.5,0.25,0.75,40\r\ndraft,round 1,-1e-7,,,\r\n",
  );
});

Deno.test("a name is text for a spreadsheet, whatever it holds", () => {
  const series = [{ name: '=HYPERLINK("x"),\n初稿', points: [{ x: 3, y: 1 }] }];
  assert.equal(csv(series, "step", "loss", (x) => x).split("\r\n")[1], `"'=HYPERLINK(""x""),\n初稿",3,1,,,`);
});

Deno.test("a file is named after its chart", () => {
  assert.equal(fileName("ROUGE-L on ../the test split", "svg"), "rouge-l-on-the-test-split.svg");
  assert.equal(fileName("参考答案的损失（测试集）", "csv"), "参考答案的损失-测试集.csv");
  assert.equal(fileName("…", "png"), "chart.png");
});
