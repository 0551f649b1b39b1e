/** What to do when the shell takes the terminal away, and when it gives it back. */
interface JobControl {
  readonly suspend: () => void;
  readonly resume: () => void;
  /** The process ends, in any way that it can notice. */
  readonly exit: () => void;
}

/** Watches for Ctrl-Z and its end, and for the end of the process. */
export function watchJobControl({ suspend, resume, exit }: JobControl): Disposable {
  const onSuspend = (): void => {
    suspend();
    // Without a listener, the signal has its usual effect.
    process.off('SIGTSTP', onSuspend);
    process.kill(process.pid, 'SIGTSTP');
  };
  const onResume = (): void => {
    process.off('SIGTSTP', onSuspend);
    process.on('SIGTSTP', onSuspend);
    resume();
  };
  process.on('SIGTSTP', onSuspend);
  process.on('SIGCONT', onResume);
  process.on('exit', exit);
  return {
    [Symbol.dispose]: () => {
      process.off('SIGTSTP', onSuspend);
      process.off('SIGCONT', onResume);
      process.off('exit', exit);
    },
  };
}
