import type { Permissions } from '../../../shared/policy.ts';
import { permissionSubject } from '../credentials/permission-words.ts';

/** The permissions that a session could need, by GitHub's name (contract github §1.2); `workflows` knows no reading. */
const names = [
  'contents',
  'pull_requests',
  'issues',
  'checks',
  'statuses',
  'actions',
  'workflows',
  'deployments',
  'packages',
  'discussions',
];

const first = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface CustomPermissionsProps {
  readonly custom: Permissions;
  readonly onChange: (custom: Permissions) => void;
}

/** Each permission with its level. */
export function CustomPermissions({ custom, onChange }: CustomPermissionsProps) {
  const choose = (name: string, text: string): void => {
    const { [name]: _before, ...others } = custom;
    onChange(text === 'read' || text === 'write' ? { ...others, [name]: text } : others);
  };
  return (
    <table className="custom" aria-label="Permissions">
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{first(permissionSubject(name))}</th>
            <td>
              <select
                className="field"
                aria-label={first(permissionSubject(name))}
                value={custom[name] ?? ''}
                onChange={(event) => choose(name, event.target.value)}
              >
                <option value="">nothing</option>
                {name !== 'workflows' && <option value="read">read</option>}
                <option value="write">{name === 'workflows' ? 'write' : 'read and write'}</option>
              </select>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
