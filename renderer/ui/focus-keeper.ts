const operable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]:not([tabindex="-1"])';
const groups = 'li, ul, ol, fieldset, form, article, section, dialog, [role="tabpanel"], [role="group"], main';

/** Where an element was that had the focus: what follows the place, and what it is in. */
interface Gap {
  readonly parent: Node;
  readonly next: Node | null;
}

interface Place {
  readonly element: HTMLElement;
  /** Null while the element is on the page. */
  gap: Gap | null;
}

const isUsable = (element: HTMLElement): boolean => element.matches(operable) && element.checkVisibility();

/** The modal dialog that is on top, or the page. */
const rootNow = (): HTMLElement => [...document.querySelectorAll<HTMLElement>('dialog:modal')].at(-1) ?? document.body;

/** Gives a heading the focus: it says where one is, and nothing happens by Enter. */
export function focusHeading(heading: HTMLElement): void {
  heading.tabIndex = -1;
  heading.focus();
}

function moved(gap: Gap | null, element: Node, { target, addedNodes, removedNodes, nextSibling }: MutationRecord): Gap | null {
  let found = gap;
  for (const removed of removedNodes) {
    const within = found?.parent ?? element;
    if (removed.contains(within) && !within.isConnected) found = { parent: target, next: nextSibling };
    else if (found?.next === removed) found = { parent: found.parent, next: nextSibling };
  }
  const [first] = addedNodes;
  // What is put into the gap stands in for what was there.
  if (found !== null && first !== undefined && target === found.parent && nextSibling === found.next)
    found = { parent: target, next: first };
  return found;
}

const isAfter = (node: Node, other: Node): boolean =>
  (node.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;

/** Whether an element stands behind the gap. */
function follows(element: HTMLElement, { parent, next }: Gap): boolean {
  if (next !== null) return next === element || next.contains(element) || isAfter(next, element);
  return isAfter(parent, element) && !parent.contains(element);
}

/**
 * Where to go from a place that is gone: to what follows it in its row, list or part of the page, else to the row before it, else to the
 * heading of that part. Never to a button that destroys: whoever presses Enter once more means something else.
 */
function refuge(gap: Gap, root: HTMLElement): HTMLElement | null {
  const start = gap.parent instanceof Element ? gap.parent : gap.parent.parentElement;
  let beyondList = false;
  for (let group = start?.closest<HTMLElement>(groups); group && root.contains(group); ) {
    const inside = [...group.querySelectorAll<HTMLElement>(operable)].filter(
      (element) => isUsable(element) && !element.classList.contains('button-danger'),
    );
    const after = beyondList ? undefined : inside.find((element) => follows(element, gap));
    if (after) return after;
    const rowIsGone = gap.parent === group && group.matches('ul, ol');
    const row = rowIsGone ? [...group.children].filter((child) => inside.some((one) => child.contains(one))).at(-1) : undefined;
    const before = inside.find((element) => row?.contains(element));
    if (before) return before;
    // At the end of a list what comes next is about something else.
    beyondList ||= group.matches('ul, ol');
    const heading = group.matches('li, ul, ol') ? null : group.querySelector<HTMLElement>('h1, h2, h3');
    if (heading?.checkVisibility()) return heading;
    group = group.parentElement?.closest<HTMLElement>(groups) ?? null;
  }
  return root.querySelector<HTMLElement>('h1, h2');
}

/**
 * Keeps the keyboard where the person was: when what has the focus leaves the page or can't be used any more, the focus goes to what is
 * nearest instead of nowhere. Also behind a dialog whose opener is gone when it closes. Answers how to stop.
 */
export function keepFocus(): () => void {
  const places = new Map<HTMLElement, Place>();

  const focused = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement) || target === document.body) return;
    places.set(target.closest<HTMLElement>('dialog') ?? document.body, { element: target, gap: null });
  };
  // Who clicks beside everything means to have the focus nowhere.
  const pointed = ({ target }: PointerEvent): void => {
    if (target instanceof Element && !target.closest(`${operable}, label`)) places.delete(rootNow());
  };
  const mend = (): void => {
    const root = rootNow();
    const place = places.get(root);
    if (!place) return;
    const { activeElement } = document;
    const { element } = place;
    const isLost =
      activeElement === null || activeElement === document.body || activeElement === root || activeElement === element;
    if (!isLost || (element.isConnected && element.checkVisibility() && !element.matches(':disabled'))) return;
    const gap = place.gap ?? (element.parentNode && { parent: element.parentNode, next: element.nextSibling });
    const to = gap && refuge(gap, root);
    if (!to) return;
    if (to.matches(operable)) to.focus();
    else focusHeading(to);
  };
  const watcher = new MutationObserver((records) => {
    for (const record of records)
      for (const place of places.values()) if (!place.element.isConnected) place.gap = moved(place.gap, place.element, record);
    for (const root of places.keys()) if (!root.isConnected) places.delete(root);
    mend();
  });

  document.addEventListener('focusin', focused);
  document.addEventListener('pointerdown', pointed);
  watcher.observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['hidden', 'disabled', 'open'],
  });
  return () => {
    document.removeEventListener('focusin', focused);
    document.removeEventListener('pointerdown', pointed);
    watcher.disconnect();
  };
}
