/** The URL of a file of this package, from its path in the package; also when the command runs from its bundle. */
export function ownFile(path: string): URL {
  const here = import.meta.url;
  return new URL(path, here.slice(0, here.lastIndexOf('/cli/') + '/cli/'.length));
}
