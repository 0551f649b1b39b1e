import { abandonedFarmFolders, removeFarmFolder } from './farm-folder.ts';
import { removeLinksOf } from './network.ts';
import { killProcesses, processesOf } from './processes.ts';

/**
 * Ends what killed test runs have left. The kernel has ended their daemons; but SSH sessions behind a link that
 * was cut, and their builds, wait for ever and keep their network.
 */
export function endAbandonedFarms(): void {
  for (const folder of abandonedFarmFolders()) {
    killProcesses(processesOf(folder).map(({ pid }) => pid));
    removeLinksOf(folder);
    removeFarmFolder(folder);
  }
}
