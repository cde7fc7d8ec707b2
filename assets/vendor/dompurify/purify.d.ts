/** The part of DOMPurify that our script uses. */
interface Settings {
  ALLOWED_TAGS: string[];
  ALLOWED_ATTR: string[];
  ADD_URI_SAFE_ATTR: string[];
  ALLOWED_URI_REGEXP: RegExp;
  ALLOW_DATA_ATTR: false;
  ALLOW_ARIA_ATTR: false;
  RETURN_DOM_FRAGMENT: true;
}

declare const purify: { sanitize(html: string, settings: Settings): DocumentFragment };
export default purify;
