/** Whether a queue holds what was put aside. */
export const isParked = ({ queue = '' }: Readonly<Record<string, string>>): boolean => queue.endsWith('parked');
