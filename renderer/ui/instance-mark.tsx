import type { InstanceColour } from '../../shared/model.ts';
import './instance-mark.css';

/** A Jean's colour, beside its name; it tells nothing by itself. */
export const InstanceMark = ({ colour }: { readonly colour: InstanceColour }) => (
  <span className={`instance-mark instance-${colour}`} aria-hidden="true" />
);
