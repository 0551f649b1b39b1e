/** The content of a message: one value for each key, in the order of sending. */
export type Payload = ReadonlyMap<string, string>;

/** What a call may ask for of a message. */
interface Asked {
  readonly id: string;
  /** Only this key's value is wanted. */
  readonly key: string | undefined;
}

/** The arguments of each call; names among them satisfy `isName`. */
interface CallContents {
  readonly self: object;
  readonly list: { readonly role: string | undefined };
  readonly send: { readonly id: string; readonly payload: Payload };
  readonly wait: Asked & { readonly from: string | undefined };
  readonly 'wait-all': Asked & { readonly role: string | undefined };
  readonly sync: { readonly id: string };
  readonly put: { readonly id: string; readonly content: Uint8Array };
  readonly get: { readonly id: string; readonly from: string | undefined };
  readonly fail: { readonly reason: string };
  readonly commit: object;
}

/** The name of a call, as in its path. */
export type CallName = keyof CallContents;

/** A call of one name. */
export type CallOf<Name extends CallName> = { readonly type: Name } & CallContents[Name];

/** A call of a member with a valid token. */
export type Call = { [Name in CallName]: CallOf<Name> }[CallName];
