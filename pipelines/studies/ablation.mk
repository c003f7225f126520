# Variants of cont-steal on the victim and the answers of cifar10.
ROWS       = $(studies)ablation.rows
COLUMNS    = linear,linear.agreement,knn,knn200
TABLE_NAME = ablation

include $(dir $(lastword $(MAKEFILE_LIST)))cifar10-victim.mk
