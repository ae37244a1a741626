/* Small symmetric eigenproblems. */
#ifndef PLETH_SIGNAL_EIGEN_H
#define PLETH_SIGNAL_EIGEN_H

#define PLETH_EIGEN_MAX 6

/* All eigenvalues and orthonormal eigenvectors of the symmetric matrix a (n x n, row by row,
 * n <= PLETH_EIGEN_MAX, finite), largest value first: a v_k = value[k] v_k with v_k the k-th row
 * of vector. Cyclic Jacobi rotations, good to rounding. a is destroyed. */
void pleth_symmetric_eigen(double *a, int n, double *value, double *vector);

#endif
