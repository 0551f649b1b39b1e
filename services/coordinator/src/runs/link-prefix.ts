import type { World } from '@dispatch/engine/world';
import type { WantedLinks } from '../messages/build-order.ts';

/** Where links to the results go; undefined for none. */
export function linkPrefix(
  links: WantedLinks | null,
  hub: Pick<World['executor']['hub'], 'isRemote'>,
): string | undefined {
  if (links === null || (links.onlyHere && hub.isRemote)) return undefined;
  return links.prefix;
}
