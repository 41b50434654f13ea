/** `LICENSE.txt` of the data set: GroupLens's conditions in our words, and the citation. */
export const licenceText = `The data in this folder: MovieLens latest-small
===============================================

These files are a transformation of MovieLens latest-small, ratings collected by
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

What was changed: the ratings were packed into ratings.bin (none left out, none
altered), titles were turned for display ("The Matrix" for "Matrix, The") with other
names of a film in a field of their own, and strong-split.json, where it is present,
adds a fixed split for evaluation.
`;
