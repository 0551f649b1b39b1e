import { untilLastWords } from '../complaint.ts';
import type { Transport } from '../transport.ts';
import type { ChannelStream } from './channel-stream.ts';

/** The transport of a command behind SSH. */
export function channelTransport(stream: ChannelStream): Transport {
  const closed = new Promise<void>((resolve) => void stream.once('close', () => resolve()));
  return {
    input: stream,
    output: stream,
    destroy: (error) => void stream.destroy(error),
    complaint: async () => {
      await untilLastWords(closed);
      return stream.complaint();
    },
  };
}
