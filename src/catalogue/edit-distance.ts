/** How far two short names are apart. */

/**
 * The least number of characters to insert, delete or replace to turn `a` into `b`, or `limit + 1` as soon as it is
 * known to be more than `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column += 1) {
      const replace = at(above, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const distance = Math.min(replace, at(above, column) + 1, at(current, column - 1) + 1);
      current.push(distance);
      least = Math.min(least, distance);
    }
    if (least > limit) return limit + 1;
    above = current;
  }
  return Math.min(at(above, b.length), limit + 1);
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Number.POSITIVE_INFINITY;
}
