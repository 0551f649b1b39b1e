/** A file of this package, by its path in it, whether the command runs from its modules or from a bundle. */
export function ownFile(path: string): URL {
  const here = import.meta.url;
  return new URL(path, here.slice(0, here.lastIndexOf('/cli/') + '/cli/'.length));
}
