/** The part of marked that our script uses: a parser whose renderer is partly ours. */
export interface Token {
  type: string;
  raw?: string;
  text?: string;
}

export interface Extension {
  name: string;
  level: "block" | "inline";
  start(text: string): number | undefined;
  tokenizer(text: string): Token | undefined;
  renderer(token: any): string;
}

export interface Renderer {
  parser: { parseInline(tokens: Token[]): string };
  heading(this: Renderer, token: { tokens: Token[]; depth: number }): string;
  html(this: Renderer, token: { text: string; block?: boolean }): string;
  image(this: Renderer, token: { raw: string }): string;
  link(this: Renderer, token: { raw: string; href: string; text: string; tokens: Token[] }): string;
  checkbox(this: Renderer, token: { checked: boolean }): string;
}

export class Marked {
  constructor(
    options: { breaks: boolean; gfm: boolean; extensions: Extension[]; renderer: Partial<Omit<Renderer, "parser">> },
  );
  parse(text: string, options: { async: false }): string;
}
