/** The part of Temml that our script uses. */
interface Settings {
  displayMode: boolean;
  throwOnError: true;
  trust: false;
  strict: false;
  maxSize: [number, number];
  maxExpand: number;
}

declare const temml: { renderToString(tex: string, settings: Settings): string };
export default temml;
