/**
 * `LICENSE.txt` for what is made of MovieLens: GroupLens's conditions in our words, the citation, and what was
 * changed.
 */
export function licenceText(whatWasChanged: string): string {
  return `The files in this folder are made of MovieLens latest-small
============================================================

They are a transformation of MovieLens latest-small, ratings collected by
GroupLens, a research group at the University of Minnesota. They are not covered by
Pocketrec's own licence. GroupLens sets these conditions, told here in our words:

- The data are for research use.
- Nobody may state or imply that the University of Minnesota or GroupLens endorses
  them, their work, or this project.
- A publication that uses the data acknowledges it by citing the paper below.
- The data, and transformations of it such as these files, may be passed on, under
  these same conditions.
- Commercial use, or use that brings in revenue, needs permission from GroupLens
  beforehand.
- There is no warranty of any kind. Neither the University of Minnesota nor GroupLens
  is liable for what comes of using the data.

Please cite:

F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and
Context. ACM Transactions on Interactive Intelligent Systems (TiiS) 5, 4, Article 19.
https://doi.org/10.1145/2827872

What was changed: ${whatWasChanged}
`;
}
