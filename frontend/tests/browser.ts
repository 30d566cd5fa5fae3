/** What browsers have and jsdom lacks: a channel between tabs, and locks that they share. */
type Heard = (event: { data: unknown }) => void;

export const channels = new Set<Channel>();

/** A BroadcastChannel which tells at once. */
export class Channel {
  private heard: Heard[] = [];

  constructor() {
    channels.add(this);
  }

  addEventListener(_: "message", heard: Heard): void {
    this.heard.push(heard);
  }

  postMessage(data: unknown): void {
    for (const other of channels) if (other !== this) for (const heard of other.heard) heard({ data });
  }
}

let last: Promise<unknown> = Promise.resolve();

/** One lock, for whoever asks, in turn. */
export const locks = {
  request<T>(_: string, act: () => Promise<T>): Promise<T> {
    const mine = last.then(act, act);
    last = mine.catch(() => undefined);
    return mine;
  },
};

/** Let the page look hidden, or visible again. */
export function show(state: "visible" | "hidden"): void {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
