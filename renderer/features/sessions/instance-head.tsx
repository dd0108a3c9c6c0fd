import type { InstanceView } from '../../../shared/model.ts';
import { healthOf, healthWords } from '../../shell/services.ts';
import { InstanceMark } from '../../ui/instance-mark.tsx';

const roads: Readonly<Record<NonNullable<InstanceView['road']>, string | null>> = {
  socket: null,
  mcp: 'by its MCP socket',
  files: 'by its files',
};

/** Heading of one Jean's projects where there are several Jeans. */
export function InstanceHead({ instance }: { readonly instance: InstanceView }) {
  const { name, colour, place, health, road, limits } = instance;
  const facts = [
    place === 'elsewhere' ? 'another machine' : null,
    health === 'online' ? null : healthWords[healthOf(health)],
    road && roads[road],
  ];
  return (
    <div className="jean-head" title={limits ?? undefined}>
      <InstanceMark colour={colour} />
      <h2>{name}</h2>
      <p className="quiet cut">{facts.filter(Boolean).join(' · ')}</p>
    </div>
  );
}
