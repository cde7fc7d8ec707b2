/** The part of Preact that our scripts use. */
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export interface VNode {
  type: unknown;
  props: Record<string, unknown>;
  key: unknown;
}
export type FunctionComponent<Props> = (props: Props) => Child;
export function h(
  tag: string,
  attributes?: { [name: string]: unknown } | null,
  ...children: Child[]
): VNode;
export function h<Props extends object>(
  component: FunctionComponent<Props>,
  props: Omit<Props, "children"> & { key?: string | number },
  ...children: Child[]
): VNode;
export function render(node: Child, parent: Element): void;
