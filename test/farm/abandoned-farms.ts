import { abandonedFarmFolders, removeFarmFolder } from './farm-folder.ts';
import { removeLinksOf } from './network.ts';
import { killProcesses, processesOf } from './processes.ts';

/**
 * Ends what killed test runs left. The kernel has ended their daemons; but behind a link that was cut, SSH sessions
 * and their builds wait for ever, and keep their network.
 */
export function endAbandonedFarms(): void {
  for (const folder of abandonedFarmFolders()) {
    killProcesses(processesOf(folder).map(({ pid }) => pid));
    removeLinksOf(folder);
    removeFarmFolder(folder);
  }
}
